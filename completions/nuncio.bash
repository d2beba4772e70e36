_nuncio() {
    local i cur prev opts cmd
    COMPREPLY=()
    if [[ "${BASH_VERSINFO[0]}" -ge 4 ]]; then
        cur="$2"
    else
        cur="${COMP_WORDS[COMP_CWORD]}"
    fi
    prev="$3"
    cmd=""
    opts=""

    for i in "${COMP_WORDS[@]:0:COMP_CWORD}"
    do
        case "${cmd},${i}" in
            ",$1")
                cmd="nuncio"
                ;;
            nuncio,bus)
                cmd="nuncio__subcmd__bus"
                ;;
            nuncio,codec)
                cmd="nuncio__subcmd__codec"
                ;;
            nuncio,demo)
                cmd="nuncio__subcmd__demo"
                ;;
            nuncio,gateway)
                cmd="nuncio__subcmd__gateway"
                ;;
            nuncio,help)
                cmd="nuncio__subcmd__help"
                ;;
            nuncio,keys)
                cmd="nuncio__subcmd__keys"
                ;;
            nuncio,mesh)
                cmd="nuncio__subcmd__mesh"
                ;;
            nuncio,queue)
                cmd="nuncio__subcmd__queue"
                ;;
            nuncio,rpc)
                cmd="nuncio__subcmd__rpc"
                ;;
            nuncio__subcmd__bus,broadcast)
                cmd="nuncio__subcmd__bus__subcmd__broadcast"
                ;;
            nuncio__subcmd__bus,clean)
                cmd="nuncio__subcmd__bus__subcmd__clean"
                ;;
            nuncio__subcmd__bus,create)
                cmd="nuncio__subcmd__bus__subcmd__create"
                ;;
            nuncio__subcmd__bus,destroy)
                cmd="nuncio__subcmd__bus__subcmd__destroy"
                ;;
            nuncio__subcmd__bus,help)
                cmd="nuncio__subcmd__bus__subcmd__help"
                ;;
            nuncio__subcmd__bus,peers)
                cmd="nuncio__subcmd__bus__subcmd__peers"
                ;;
            nuncio__subcmd__bus,recv)
                cmd="nuncio__subcmd__bus__subcmd__recv"
                ;;
            nuncio__subcmd__bus,request)
                cmd="nuncio__subcmd__bus__subcmd__request"
                ;;
            nuncio__subcmd__bus,send)
                cmd="nuncio__subcmd__bus__subcmd__send"
                ;;
            nuncio__subcmd__bus,serve)
                cmd="nuncio__subcmd__bus__subcmd__serve"
                ;;
            nuncio__subcmd__bus,stats)
                cmd="nuncio__subcmd__bus__subcmd__stats"
                ;;
            nuncio__subcmd__bus,tap)
                cmd="nuncio__subcmd__bus__subcmd__tap"
                ;;
            nuncio__subcmd__bus__subcmd__help,broadcast)
                cmd="nuncio__subcmd__bus__subcmd__help__subcmd__broadcast"
                ;;
            nuncio__subcmd__bus__subcmd__help,clean)
                cmd="nuncio__subcmd__bus__subcmd__help__subcmd__clean"
                ;;
            nuncio__subcmd__bus__subcmd__help,create)
                cmd="nuncio__subcmd__bus__subcmd__help__subcmd__create"
                ;;
            nuncio__subcmd__bus__subcmd__help,destroy)
                cmd="nuncio__subcmd__bus__subcmd__help__subcmd__destroy"
                ;;
            nuncio__subcmd__bus__subcmd__help,help)
                cmd="nuncio__subcmd__bus__subcmd__help__subcmd__help"
                ;;
            nuncio__subcmd__bus__subcmd__help,peers)
                cmd="nuncio__subcmd__bus__subcmd__help__subcmd__peers"
                ;;
            nuncio__subcmd__bus__subcmd__help,recv)
                cmd="nuncio__subcmd__bus__subcmd__help__subcmd__recv"
                ;;
            nuncio__subcmd__bus__subcmd__help,request)
                cmd="nuncio__subcmd__bus__subcmd__help__subcmd__request"
                ;;
            nuncio__subcmd__bus__subcmd__help,send)
                cmd="nuncio__subcmd__bus__subcmd__help__subcmd__send"
                ;;
            nuncio__subcmd__bus__subcmd__help,serve)
                cmd="nuncio__subcmd__bus__subcmd__help__subcmd__serve"
                ;;
            nuncio__subcmd__bus__subcmd__help,stats)
                cmd="nuncio__subcmd__bus__subcmd__help__subcmd__stats"
                ;;
            nuncio__subcmd__bus__subcmd__help,tap)
                cmd="nuncio__subcmd__bus__subcmd__help__subcmd__tap"
                ;;
            nuncio__subcmd__codec,convert)
                cmd="nuncio__subcmd__codec__subcmd__convert"
                ;;
            nuncio__subcmd__codec,decode)
                cmd="nuncio__subcmd__codec__subcmd__decode"
                ;;
            nuncio__subcmd__codec,detect)
                cmd="nuncio__subcmd__codec__subcmd__detect"
                ;;
            nuncio__subcmd__codec,help)
                cmd="nuncio__subcmd__codec__subcmd__help"
                ;;
            nuncio__subcmd__codec__subcmd__help,convert)
                cmd="nuncio__subcmd__codec__subcmd__help__subcmd__convert"
                ;;
            nuncio__subcmd__codec__subcmd__help,decode)
                cmd="nuncio__subcmd__codec__subcmd__help__subcmd__decode"
                ;;
            nuncio__subcmd__codec__subcmd__help,detect)
                cmd="nuncio__subcmd__codec__subcmd__help__subcmd__detect"
                ;;
            nuncio__subcmd__codec__subcmd__help,help)
                cmd="nuncio__subcmd__codec__subcmd__help__subcmd__help"
                ;;
            nuncio__subcmd__gateway,check)
                cmd="nuncio__subcmd__gateway__subcmd__check"
                ;;
            nuncio__subcmd__gateway,help)
                cmd="nuncio__subcmd__gateway__subcmd__help"
                ;;
            nuncio__subcmd__gateway__subcmd__help,check)
                cmd="nuncio__subcmd__gateway__subcmd__help__subcmd__check"
                ;;
            nuncio__subcmd__gateway__subcmd__help,help)
                cmd="nuncio__subcmd__gateway__subcmd__help__subcmd__help"
                ;;
            nuncio__subcmd__help,bus)
                cmd="nuncio__subcmd__help__subcmd__bus"
                ;;
            nuncio__subcmd__help,codec)
                cmd="nuncio__subcmd__help__subcmd__codec"
                ;;
            nuncio__subcmd__help,demo)
                cmd="nuncio__subcmd__help__subcmd__demo"
                ;;
            nuncio__subcmd__help,gateway)
                cmd="nuncio__subcmd__help__subcmd__gateway"
                ;;
            nuncio__subcmd__help,help)
                cmd="nuncio__subcmd__help__subcmd__help"
                ;;
            nuncio__subcmd__help,keys)
                cmd="nuncio__subcmd__help__subcmd__keys"
                ;;
            nuncio__subcmd__help,mesh)
                cmd="nuncio__subcmd__help__subcmd__mesh"
                ;;
            nuncio__subcmd__help,queue)
                cmd="nuncio__subcmd__help__subcmd__queue"
                ;;
            nuncio__subcmd__help,rpc)
                cmd="nuncio__subcmd__help__subcmd__rpc"
                ;;
            nuncio__subcmd__help__subcmd__bus,broadcast)
                cmd="nuncio__subcmd__help__subcmd__bus__subcmd__broadcast"
                ;;
            nuncio__subcmd__help__subcmd__bus,clean)
                cmd="nuncio__subcmd__help__subcmd__bus__subcmd__clean"
                ;;
            nuncio__subcmd__help__subcmd__bus,create)
                cmd="nuncio__subcmd__help__subcmd__bus__subcmd__create"
                ;;
            nuncio__subcmd__help__subcmd__bus,destroy)
                cmd="nuncio__subcmd__help__subcmd__bus__subcmd__destroy"
                ;;
            nuncio__subcmd__help__subcmd__bus,peers)
                cmd="nuncio__subcmd__help__subcmd__bus__subcmd__peers"
                ;;
            nuncio__subcmd__help__subcmd__bus,recv)
                cmd="nuncio__subcmd__help__subcmd__bus__subcmd__recv"
                ;;
            nuncio__subcmd__help__subcmd__bus,request)
                cmd="nuncio__subcmd__help__subcmd__bus__subcmd__request"
                ;;
            nuncio__subcmd__help__subcmd__bus,send)
                cmd="nuncio__subcmd__help__subcmd__bus__subcmd__send"
                ;;
            nuncio__subcmd__help__subcmd__bus,serve)
                cmd="nuncio__subcmd__help__subcmd__bus__subcmd__serve"
                ;;
            nuncio__subcmd__help__subcmd__bus,stats)
                cmd="nuncio__subcmd__help__subcmd__bus__subcmd__stats"
                ;;
            nuncio__subcmd__help__subcmd__bus,tap)
                cmd="nuncio__subcmd__help__subcmd__bus__subcmd__tap"
                ;;
            nuncio__subcmd__help__subcmd__codec,convert)
                cmd="nuncio__subcmd__help__subcmd__codec__subcmd__convert"
                ;;
            nuncio__subcmd__help__subcmd__codec,decode)
                cmd="nuncio__subcmd__help__subcmd__codec__subcmd__decode"
                ;;
            nuncio__subcmd__help__subcmd__codec,detect)
                cmd="nuncio__subcmd__help__subcmd__codec__subcmd__detect"
                ;;
            nuncio__subcmd__help__subcmd__gateway,check)
                cmd="nuncio__subcmd__help__subcmd__gateway__subcmd__check"
                ;;
            nuncio__subcmd__help__subcmd__keys,export)
                cmd="nuncio__subcmd__help__subcmd__keys__subcmd__export"
                ;;
            nuncio__subcmd__help__subcmd__keys,generate)
                cmd="nuncio__subcmd__help__subcmd__keys__subcmd__generate"
                ;;
            nuncio__subcmd__help__subcmd__keys,import)
                cmd="nuncio__subcmd__help__subcmd__keys__subcmd__import"
                ;;
            nuncio__subcmd__help__subcmd__keys,list)
                cmd="nuncio__subcmd__help__subcmd__keys__subcmd__list"
                ;;
            nuncio__subcmd__help__subcmd__keys,revoke)
                cmd="nuncio__subcmd__help__subcmd__keys__subcmd__revoke"
                ;;
            nuncio__subcmd__help__subcmd__keys,trust)
                cmd="nuncio__subcmd__help__subcmd__keys__subcmd__trust"
                ;;
            nuncio__subcmd__help__subcmd__mesh,call)
                cmd="nuncio__subcmd__help__subcmd__mesh__subcmd__call"
                ;;
            nuncio__subcmd__help__subcmd__mesh,config)
                cmd="nuncio__subcmd__help__subcmd__mesh__subcmd__config"
                ;;
            nuncio__subcmd__help__subcmd__mesh,db)
                cmd="nuncio__subcmd__help__subcmd__mesh__subcmd__db"
                ;;
            nuncio__subcmd__help__subcmd__mesh,groups)
                cmd="nuncio__subcmd__help__subcmd__mesh__subcmd__groups"
                ;;
            nuncio__subcmd__help__subcmd__mesh,kill)
                cmd="nuncio__subcmd__help__subcmd__mesh__subcmd__kill"
                ;;
            nuncio__subcmd__help__subcmd__mesh,monitor)
                cmd="nuncio__subcmd__help__subcmd__mesh__subcmd__monitor"
                ;;
            nuncio__subcmd__help__subcmd__mesh,nodes)
                cmd="nuncio__subcmd__help__subcmd__mesh__subcmd__nodes"
                ;;
            nuncio__subcmd__help__subcmd__mesh,ping)
                cmd="nuncio__subcmd__help__subcmd__mesh__subcmd__ping"
                ;;
            nuncio__subcmd__help__subcmd__mesh,run)
                cmd="nuncio__subcmd__help__subcmd__mesh__subcmd__run"
                ;;
            nuncio__subcmd__help__subcmd__mesh,send)
                cmd="nuncio__subcmd__help__subcmd__mesh__subcmd__send"
                ;;
            nuncio__subcmd__help__subcmd__mesh__subcmd__config,addbind)
                cmd="nuncio__subcmd__help__subcmd__mesh__subcmd__config__subcmd__addbind"
                ;;
            nuncio__subcmd__help__subcmd__mesh__subcmd__config,addseed)
                cmd="nuncio__subcmd__help__subcmd__mesh__subcmd__config__subcmd__addseed"
                ;;
            nuncio__subcmd__help__subcmd__mesh__subcmd__config,addservice)
                cmd="nuncio__subcmd__help__subcmd__mesh__subcmd__config__subcmd__addservice"
                ;;
            nuncio__subcmd__help__subcmd__mesh__subcmd__config,delauth_accept)
                cmd="nuncio__subcmd__help__subcmd__mesh__subcmd__config__subcmd__delauth_accept"
                ;;
            nuncio__subcmd__help__subcmd__mesh__subcmd__config,delauth_offer)
                cmd="nuncio__subcmd__help__subcmd__mesh__subcmd__config__subcmd__delauth_offer"
                ;;
            nuncio__subcmd__help__subcmd__mesh__subcmd__config,delautocork)
                cmd="nuncio__subcmd__help__subcmd__mesh__subcmd__config__subcmd__delautocork"
                ;;
            nuncio__subcmd__help__subcmd__mesh__subcmd__config,delbind)
                cmd="nuncio__subcmd__help__subcmd__mesh__subcmd__config__subcmd__delbind"
                ;;
            nuncio__subcmd__help__subcmd__mesh__subcmd__config,delbinds)
                cmd="nuncio__subcmd__help__subcmd__mesh__subcmd__config__subcmd__delbinds"
                ;;
            nuncio__subcmd__help__subcmd__mesh__subcmd__config,delcert)
                cmd="nuncio__subcmd__help__subcmd__mesh__subcmd__config__subcmd__delcert"
                ;;
            nuncio__subcmd__help__subcmd__mesh__subcmd__config,delconnect_interval)
                cmd="nuncio__subcmd__help__subcmd__mesh__subcmd__config__subcmd__delconnect_interval"
                ;;
            nuncio__subcmd__help__subcmd__mesh__subcmd__config,delframing_format)
                cmd="nuncio__subcmd__help__subcmd__mesh__subcmd__config__subcmd__delframing_format"
                ;;
            nuncio__subcmd__help__subcmd__mesh__subcmd__config,delmonitor_timeout)
                cmd="nuncio__subcmd__help__subcmd__mesh__subcmd__config__subcmd__delmonitor_timeout"
                ;;
            nuncio__subcmd__help__subcmd__mesh__subcmd__config,delnodeid)
                cmd="nuncio__subcmd__help__subcmd__mesh__subcmd__config__subcmd__delnodeid"
                ;;
            nuncio__subcmd__help__subcmd__mesh__subcmd__config,delnodelay)
                cmd="nuncio__subcmd__help__subcmd__mesh__subcmd__config__subcmd__delnodelay"
                ;;
            nuncio__subcmd__help__subcmd__mesh__subcmd__config,delparent)
                cmd="nuncio__subcmd__help__subcmd__mesh__subcmd__config__subcmd__delparent"
                ;;
            nuncio__subcmd__help__subcmd__mesh__subcmd__config,delprofile)
                cmd="nuncio__subcmd__help__subcmd__mesh__subcmd__config__subcmd__delprofile"
                ;;
            nuncio__subcmd__help__subcmd__mesh__subcmd__config,delsecret)
                cmd="nuncio__subcmd__help__subcmd__mesh__subcmd__config__subcmd__delsecret"
                ;;
            nuncio__subcmd__help__subcmd__mesh__subcmd__config,delseed)
                cmd="nuncio__subcmd__help__subcmd__mesh__subcmd__config__subcmd__delseed"
                ;;
            nuncio__subcmd__help__subcmd__mesh__subcmd__config,delseeds)
                cmd="nuncio__subcmd__help__subcmd__mesh__subcmd__config__subcmd__delseeds"
                ;;
            nuncio__subcmd__help__subcmd__mesh__subcmd__config,delservice)
                cmd="nuncio__subcmd__help__subcmd__mesh__subcmd__config__subcmd__delservice"
                ;;
            nuncio__subcmd__help__subcmd__mesh__subcmd__config,delservices)
                cmd="nuncio__subcmd__help__subcmd__mesh__subcmd__config__subcmd__delservices"
                ;;
            nuncio__subcmd__help__subcmd__mesh__subcmd__config,gencert)
                cmd="nuncio__subcmd__help__subcmd__mesh__subcmd__config__subcmd__gencert"
                ;;
            nuncio__subcmd__help__subcmd__mesh__subcmd__config,gensecret)
                cmd="nuncio__subcmd__help__subcmd__mesh__subcmd__config__subcmd__gensecret"
                ;;
            nuncio__subcmd__help__subcmd__mesh__subcmd__config,profile)
                cmd="nuncio__subcmd__help__subcmd__mesh__subcmd__config__subcmd__profile"
                ;;
            nuncio__subcmd__help__subcmd__mesh__subcmd__config,setauth_accept)
                cmd="nuncio__subcmd__help__subcmd__mesh__subcmd__config__subcmd__setauth_accept"
                ;;
            nuncio__subcmd__help__subcmd__mesh__subcmd__config,setauth_offer)
                cmd="nuncio__subcmd__help__subcmd__mesh__subcmd__config__subcmd__setauth_offer"
                ;;
            nuncio__subcmd__help__subcmd__mesh__subcmd__config,setautocork)
                cmd="nuncio__subcmd__help__subcmd__mesh__subcmd__config__subcmd__setautocork"
                ;;
            nuncio__subcmd__help__subcmd__mesh__subcmd__config,setbinds)
                cmd="nuncio__subcmd__help__subcmd__mesh__subcmd__config__subcmd__setbinds"
                ;;
            nuncio__subcmd__help__subcmd__mesh__subcmd__config,setcert)
                cmd="nuncio__subcmd__help__subcmd__mesh__subcmd__config__subcmd__setcert"
                ;;
            nuncio__subcmd__help__subcmd__mesh__subcmd__config,setconnect_interval)
                cmd="nuncio__subcmd__help__subcmd__mesh__subcmd__config__subcmd__setconnect_interval"
                ;;
            nuncio__subcmd__help__subcmd__mesh__subcmd__config,setframing_format)
                cmd="nuncio__subcmd__help__subcmd__mesh__subcmd__config__subcmd__setframing_format"
                ;;
            nuncio__subcmd__help__subcmd__mesh__subcmd__config,setmonitor_timeout)
                cmd="nuncio__subcmd__help__subcmd__mesh__subcmd__config__subcmd__setmonitor_timeout"
                ;;
            nuncio__subcmd__help__subcmd__mesh__subcmd__config,setnodeid)
                cmd="nuncio__subcmd__help__subcmd__mesh__subcmd__config__subcmd__setnodeid"
                ;;
            nuncio__subcmd__help__subcmd__mesh__subcmd__config,setnodelay)
                cmd="nuncio__subcmd__help__subcmd__mesh__subcmd__config__subcmd__setnodelay"
                ;;
            nuncio__subcmd__help__subcmd__mesh__subcmd__config,setparent)
                cmd="nuncio__subcmd__help__subcmd__mesh__subcmd__config__subcmd__setparent"
                ;;
            nuncio__subcmd__help__subcmd__mesh__subcmd__config,setsecret)
                cmd="nuncio__subcmd__help__subcmd__mesh__subcmd__config__subcmd__setsecret"
                ;;
            nuncio__subcmd__help__subcmd__mesh__subcmd__config,setseeds)
                cmd="nuncio__subcmd__help__subcmd__mesh__subcmd__config__subcmd__setseeds"
                ;;
            nuncio__subcmd__help__subcmd__mesh__subcmd__config,setservices)
                cmd="nuncio__subcmd__help__subcmd__mesh__subcmd__config__subcmd__setservices"
                ;;
            nuncio__subcmd__help__subcmd__mesh__subcmd__config,showconfig)
                cmd="nuncio__subcmd__help__subcmd__mesh__subcmd__config__subcmd__showconfig"
                ;;
            nuncio__subcmd__help__subcmd__mesh__subcmd__config,showprofile)
                cmd="nuncio__subcmd__help__subcmd__mesh__subcmd__config__subcmd__showprofile"
                ;;
            nuncio__subcmd__help__subcmd__queue,list)
                cmd="nuncio__subcmd__help__subcmd__queue__subcmd__list"
                ;;
            nuncio__subcmd__help__subcmd__queue,recv)
                cmd="nuncio__subcmd__help__subcmd__queue__subcmd__recv"
                ;;
            nuncio__subcmd__help__subcmd__queue,remove)
                cmd="nuncio__subcmd__help__subcmd__queue__subcmd__remove"
                ;;
            nuncio__subcmd__help__subcmd__queue,send)
                cmd="nuncio__subcmd__help__subcmd__queue__subcmd__send"
                ;;
            nuncio__subcmd__help__subcmd__queue,stat)
                cmd="nuncio__subcmd__help__subcmd__queue__subcmd__stat"
                ;;
            nuncio__subcmd__help__subcmd__rpc,call)
                cmd="nuncio__subcmd__help__subcmd__rpc__subcmd__call"
                ;;
            nuncio__subcmd__help__subcmd__rpc,listen)
                cmd="nuncio__subcmd__help__subcmd__rpc__subcmd__listen"
                ;;
            nuncio__subcmd__help__subcmd__rpc,serve)
                cmd="nuncio__subcmd__help__subcmd__rpc__subcmd__serve"
                ;;
            nuncio__subcmd__help__subcmd__rpc,stats)
                cmd="nuncio__subcmd__help__subcmd__rpc__subcmd__stats"
                ;;
            nuncio__subcmd__keys,export)
                cmd="nuncio__subcmd__keys__subcmd__export"
                ;;
            nuncio__subcmd__keys,generate)
                cmd="nuncio__subcmd__keys__subcmd__generate"
                ;;
            nuncio__subcmd__keys,help)
                cmd="nuncio__subcmd__keys__subcmd__help"
                ;;
            nuncio__subcmd__keys,import)
                cmd="nuncio__subcmd__keys__subcmd__import"
                ;;
            nuncio__subcmd__keys,list)
                cmd="nuncio__subcmd__keys__subcmd__list"
                ;;
            nuncio__subcmd__keys,revoke)
                cmd="nuncio__subcmd__keys__subcmd__revoke"
                ;;
            nuncio__subcmd__keys,trust)
                cmd="nuncio__subcmd__keys__subcmd__trust"
                ;;
            nuncio__subcmd__keys__subcmd__help,export)
                cmd="nuncio__subcmd__keys__subcmd__help__subcmd__export"
                ;;
            nuncio__subcmd__keys__subcmd__help,generate)
                cmd="nuncio__subcmd__keys__subcmd__help__subcmd__generate"
                ;;
            nuncio__subcmd__keys__subcmd__help,help)
                cmd="nuncio__subcmd__keys__subcmd__help__subcmd__help"
                ;;
            nuncio__subcmd__keys__subcmd__help,import)
                cmd="nuncio__subcmd__keys__subcmd__help__subcmd__import"
                ;;
            nuncio__subcmd__keys__subcmd__help,list)
                cmd="nuncio__subcmd__keys__subcmd__help__subcmd__list"
                ;;
            nuncio__subcmd__keys__subcmd__help,revoke)
                cmd="nuncio__subcmd__keys__subcmd__help__subcmd__revoke"
                ;;
            nuncio__subcmd__keys__subcmd__help,trust)
                cmd="nuncio__subcmd__keys__subcmd__help__subcmd__trust"
                ;;
            nuncio__subcmd__mesh,call)
                cmd="nuncio__subcmd__mesh__subcmd__call"
                ;;
            nuncio__subcmd__mesh,config)
                cmd="nuncio__subcmd__mesh__subcmd__config"
                ;;
            nuncio__subcmd__mesh,db)
                cmd="nuncio__subcmd__mesh__subcmd__db"
                ;;
            nuncio__subcmd__mesh,groups)
                cmd="nuncio__subcmd__mesh__subcmd__groups"
                ;;
            nuncio__subcmd__mesh,help)
                cmd="nuncio__subcmd__mesh__subcmd__help"
                ;;
            nuncio__subcmd__mesh,kill)
                cmd="nuncio__subcmd__mesh__subcmd__kill"
                ;;
            nuncio__subcmd__mesh,monitor)
                cmd="nuncio__subcmd__mesh__subcmd__monitor"
                ;;
            nuncio__subcmd__mesh,nodes)
                cmd="nuncio__subcmd__mesh__subcmd__nodes"
                ;;
            nuncio__subcmd__mesh,ping)
                cmd="nuncio__subcmd__mesh__subcmd__ping"
                ;;
            nuncio__subcmd__mesh,run)
                cmd="nuncio__subcmd__mesh__subcmd__run"
                ;;
            nuncio__subcmd__mesh,send)
                cmd="nuncio__subcmd__mesh__subcmd__send"
                ;;
            nuncio__subcmd__mesh__subcmd__config,addbind)
                cmd="nuncio__subcmd__mesh__subcmd__config__subcmd__addbind"
                ;;
            nuncio__subcmd__mesh__subcmd__config,addseed)
                cmd="nuncio__subcmd__mesh__subcmd__config__subcmd__addseed"
                ;;
            nuncio__subcmd__mesh__subcmd__config,addservice)
                cmd="nuncio__subcmd__mesh__subcmd__config__subcmd__addservice"
                ;;
            nuncio__subcmd__mesh__subcmd__config,delauth_accept)
                cmd="nuncio__subcmd__mesh__subcmd__config__subcmd__delauth_accept"
                ;;
            nuncio__subcmd__mesh__subcmd__config,delauth_offer)
                cmd="nuncio__subcmd__mesh__subcmd__config__subcmd__delauth_offer"
                ;;
            nuncio__subcmd__mesh__subcmd__config,delautocork)
                cmd="nuncio__subcmd__mesh__subcmd__config__subcmd__delautocork"
                ;;
            nuncio__subcmd__mesh__subcmd__config,delbind)
                cmd="nuncio__subcmd__mesh__subcmd__config__subcmd__delbind"
                ;;
            nuncio__subcmd__mesh__subcmd__config,delbinds)
                cmd="nuncio__subcmd__mesh__subcmd__config__subcmd__delbinds"
                ;;
            nuncio__subcmd__mesh__subcmd__config,delcert)
                cmd="nuncio__subcmd__mesh__subcmd__config__subcmd__delcert"
                ;;
            nuncio__subcmd__mesh__subcmd__config,delconnect_interval)
                cmd="nuncio__subcmd__mesh__subcmd__config__subcmd__delconnect_interval"
                ;;
            nuncio__subcmd__mesh__subcmd__config,delframing_format)
                cmd="nuncio__subcmd__mesh__subcmd__config__subcmd__delframing_format"
                ;;
            nuncio__subcmd__mesh__subcmd__config,delmonitor_timeout)
                cmd="nuncio__subcmd__mesh__subcmd__config__subcmd__delmonitor_timeout"
                ;;
            nuncio__subcmd__mesh__subcmd__config,delnodeid)
                cmd="nuncio__subcmd__mesh__subcmd__config__subcmd__delnodeid"
                ;;
            nuncio__subcmd__mesh__subcmd__config,delnodelay)
                cmd="nuncio__subcmd__mesh__subcmd__config__subcmd__delnodelay"
                ;;
            nuncio__subcmd__mesh__subcmd__config,delparent)
                cmd="nuncio__subcmd__mesh__subcmd__config__subcmd__delparent"
                ;;
            nuncio__subcmd__mesh__subcmd__config,delprofile)
                cmd="nuncio__subcmd__mesh__subcmd__config__subcmd__delprofile"
                ;;
            nuncio__subcmd__mesh__subcmd__config,delsecret)
                cmd="nuncio__subcmd__mesh__subcmd__config__subcmd__delsecret"
                ;;
            nuncio__subcmd__mesh__subcmd__config,delseed)
                cmd="nuncio__subcmd__mesh__subcmd__config__subcmd__delseed"
                ;;
            nuncio__subcmd__mesh__subcmd__config,delseeds)
                cmd="nuncio__subcmd__mesh__subcmd__config__subcmd__delseeds"
                ;;
            nuncio__subcmd__mesh__subcmd__config,delservice)
                cmd="nuncio__subcmd__mesh__subcmd__config__subcmd__delservice"
                ;;
            nuncio__subcmd__mesh__subcmd__config,delservices)
                cmd="nuncio__subcmd__mesh__subcmd__config__subcmd__delservices"
                ;;
            nuncio__subcmd__mesh__subcmd__config,gencert)
                cmd="nuncio__subcmd__mesh__subcmd__config__subcmd__gencert"
                ;;
            nuncio__subcmd__mesh__subcmd__config,gensecret)
                cmd="nuncio__subcmd__mesh__subcmd__config__subcmd__gensecret"
                ;;
            nuncio__subcmd__mesh__subcmd__config,help)
                cmd="nuncio__subcmd__mesh__subcmd__config__subcmd__help"
                ;;
            nuncio__subcmd__mesh__subcmd__config,profile)
                cmd="nuncio__subcmd__mesh__subcmd__config__subcmd__profile"
                ;;
            nuncio__subcmd__mesh__subcmd__config,setauth_accept)
                cmd="nuncio__subcmd__mesh__subcmd__config__subcmd__setauth_accept"
                ;;
            nuncio__subcmd__mesh__subcmd__config,setauth_offer)
                cmd="nuncio__subcmd__mesh__subcmd__config__subcmd__setauth_offer"
                ;;
            nuncio__subcmd__mesh__subcmd__config,setautocork)
                cmd="nuncio__subcmd__mesh__subcmd__config__subcmd__setautocork"
                ;;
            nuncio__subcmd__mesh__subcmd__config,setbinds)
                cmd="nuncio__subcmd__mesh__subcmd__config__subcmd__setbinds"
                ;;
            nuncio__subcmd__mesh__subcmd__config,setcert)
                cmd="nuncio__subcmd__mesh__subcmd__config__subcmd__setcert"
                ;;
            nuncio__subcmd__mesh__subcmd__config,setconnect_interval)
                cmd="nuncio__subcmd__mesh__subcmd__config__subcmd__setconnect_interval"
                ;;
            nuncio__subcmd__mesh__subcmd__config,setframing_format)
                cmd="nuncio__subcmd__mesh__subcmd__config__subcmd__setframing_format"
                ;;
            nuncio__subcmd__mesh__subcmd__config,setmonitor_timeout)
                cmd="nuncio__subcmd__mesh__subcmd__config__subcmd__setmonitor_timeout"
                ;;
            nuncio__subcmd__mesh__subcmd__config,setnodeid)
                cmd="nuncio__subcmd__mesh__subcmd__config__subcmd__setnodeid"
                ;;
            nuncio__subcmd__mesh__subcmd__config,setnodelay)
                cmd="nuncio__subcmd__mesh__subcmd__config__subcmd__setnodelay"
                ;;
            nuncio__subcmd__mesh__subcmd__config,setparent)
                cmd="nuncio__subcmd__mesh__subcmd__config__subcmd__setparent"
                ;;
            nuncio__subcmd__mesh__subcmd__config,setsecret)
                cmd="nuncio__subcmd__mesh__subcmd__config__subcmd__setsecret"
                ;;
            nuncio__subcmd__mesh__subcmd__config,setseeds)
                cmd="nuncio__subcmd__mesh__subcmd__config__subcmd__setseeds"
                ;;
            nuncio__subcmd__mesh__subcmd__config,setservices)
                cmd="nuncio__subcmd__mesh__subcmd__config__subcmd__setservices"
                ;;
            nuncio__subcmd__mesh__subcmd__config,showconfig)
                cmd="nuncio__subcmd__mesh__subcmd__config__subcmd__showconfig"
                ;;
            nuncio__subcmd__mesh__subcmd__config,showprofile)
                cmd="nuncio__subcmd__mesh__subcmd__config__subcmd__showprofile"
                ;;
            nuncio__subcmd__mesh__subcmd__config__subcmd__help,addbind)
                cmd="nuncio__subcmd__mesh__subcmd__config__subcmd__help__subcmd__addbind"
                ;;
            nuncio__subcmd__mesh__subcmd__config__subcmd__help,addseed)
                cmd="nuncio__subcmd__mesh__subcmd__config__subcmd__help__subcmd__addseed"
                ;;
            nuncio__subcmd__mesh__subcmd__config__subcmd__help,addservice)
                cmd="nuncio__subcmd__mesh__subcmd__config__subcmd__help__subcmd__addservice"
                ;;
            nuncio__subcmd__mesh__subcmd__config__subcmd__help,delauth_accept)
                cmd="nuncio__subcmd__mesh__subcmd__config__subcmd__help__subcmd__delauth_accept"
                ;;
            nuncio__subcmd__mesh__subcmd__config__subcmd__help,delauth_offer)
                cmd="nuncio__subcmd__mesh__subcmd__config__subcmd__help__subcmd__delauth_offer"
                ;;
            nuncio__subcmd__mesh__subcmd__config__subcmd__help,delautocork)
                cmd="nuncio__subcmd__mesh__subcmd__config__subcmd__help__subcmd__delautocork"
                ;;
            nuncio__subcmd__mesh__subcmd__config__subcmd__help,delbind)
                cmd="nuncio__subcmd__mesh__subcmd__config__subcmd__help__subcmd__delbind"
                ;;
            nuncio__subcmd__mesh__subcmd__config__subcmd__help,delbinds)
                cmd="nuncio__subcmd__mesh__subcmd__config__subcmd__help__subcmd__delbinds"
                ;;
            nuncio__subcmd__mesh__subcmd__config__subcmd__help,delcert)
                cmd="nuncio__subcmd__mesh__subcmd__config__subcmd__help__subcmd__delcert"
                ;;
            nuncio__subcmd__mesh__subcmd__config__subcmd__help,delconnect_interval)
                cmd="nuncio__subcmd__mesh__subcmd__config__subcmd__help__subcmd__delconnect_interval"
                ;;
            nuncio__subcmd__mesh__subcmd__config__subcmd__help,delframing_format)
                cmd="nuncio__subcmd__mesh__subcmd__config__subcmd__help__subcmd__delframing_format"
                ;;
            nuncio__subcmd__mesh__subcmd__config__subcmd__help,delmonitor_timeout)
                cmd="nuncio__subcmd__mesh__subcmd__config__subcmd__help__subcmd__delmonitor_timeout"
                ;;
            nuncio__subcmd__mesh__subcmd__config__subcmd__help,delnodeid)
                cmd="nuncio__subcmd__mesh__subcmd__config__subcmd__help__subcmd__delnodeid"
                ;;
            nuncio__subcmd__mesh__subcmd__config__subcmd__help,delnodelay)
                cmd="nuncio__subcmd__mesh__subcmd__config__subcmd__help__subcmd__delnodelay"
                ;;
            nuncio__subcmd__mesh__subcmd__config__subcmd__help,delparent)
                cmd="nuncio__subcmd__mesh__subcmd__config__subcmd__help__subcmd__delparent"
                ;;
            nuncio__subcmd__mesh__subcmd__config__subcmd__help,delprofile)
                cmd="nuncio__subcmd__mesh__subcmd__config__subcmd__help__subcmd__delprofile"
                ;;
            nuncio__subcmd__mesh__subcmd__config__subcmd__help,delsecret)
                cmd="nuncio__subcmd__mesh__subcmd__config__subcmd__help__subcmd__delsecret"
                ;;
            nuncio__subcmd__mesh__subcmd__config__subcmd__help,delseed)
                cmd="nuncio__subcmd__mesh__subcmd__config__subcmd__help__subcmd__delseed"
                ;;
            nuncio__subcmd__mesh__subcmd__config__subcmd__help,delseeds)
                cmd="nuncio__subcmd__mesh__subcmd__config__subcmd__help__subcmd__delseeds"
                ;;
            nuncio__subcmd__mesh__subcmd__config__subcmd__help,delservice)
                cmd="nuncio__subcmd__mesh__subcmd__config__subcmd__help__subcmd__delservice"
                ;;
            nuncio__subcmd__mesh__subcmd__config__subcmd__help,delservices)
                cmd="nuncio__subcmd__mesh__subcmd__config__subcmd__help__subcmd__delservices"
                ;;
            nuncio__subcmd__mesh__subcmd__config__subcmd__help,gencert)
                cmd="nuncio__subcmd__mesh__subcmd__config__subcmd__help__subcmd__gencert"
                ;;
            nuncio__subcmd__mesh__subcmd__config__subcmd__help,gensecret)
                cmd="nuncio__subcmd__mesh__subcmd__config__subcmd__help__subcmd__gensecret"
                ;;
            nuncio__subcmd__mesh__subcmd__config__subcmd__help,help)
                cmd="nuncio__subcmd__mesh__subcmd__config__subcmd__help__subcmd__help"
                ;;
            nuncio__subcmd__mesh__subcmd__config__subcmd__help,profile)
                cmd="nuncio__subcmd__mesh__subcmd__config__subcmd__help__subcmd__profile"
                ;;
            nuncio__subcmd__mesh__subcmd__config__subcmd__help,setauth_accept)
                cmd="nuncio__subcmd__mesh__subcmd__config__subcmd__help__subcmd__setauth_accept"
                ;;
            nuncio__subcmd__mesh__subcmd__config__subcmd__help,setauth_offer)
                cmd="nuncio__subcmd__mesh__subcmd__config__subcmd__help__subcmd__setauth_offer"
                ;;
            nuncio__subcmd__mesh__subcmd__config__subcmd__help,setautocork)
                cmd="nuncio__subcmd__mesh__subcmd__config__subcmd__help__subcmd__setautocork"
                ;;
            nuncio__subcmd__mesh__subcmd__config__subcmd__help,setbinds)
                cmd="nuncio__subcmd__mesh__subcmd__config__subcmd__help__subcmd__setbinds"
                ;;
            nuncio__subcmd__mesh__subcmd__config__subcmd__help,setcert)
                cmd="nuncio__subcmd__mesh__subcmd__config__subcmd__help__subcmd__setcert"
                ;;
            nuncio__subcmd__mesh__subcmd__config__subcmd__help,setconnect_interval)
                cmd="nuncio__subcmd__mesh__subcmd__config__subcmd__help__subcmd__setconnect_interval"
                ;;
            nuncio__subcmd__mesh__subcmd__config__subcmd__help,setframing_format)
                cmd="nuncio__subcmd__mesh__subcmd__config__subcmd__help__subcmd__setframing_format"
                ;;
            nuncio__subcmd__mesh__subcmd__config__subcmd__help,setmonitor_timeout)
                cmd="nuncio__subcmd__mesh__subcmd__config__subcmd__help__subcmd__setmonitor_timeout"
                ;;
            nuncio__subcmd__mesh__subcmd__config__subcmd__help,setnodeid)
                cmd="nuncio__subcmd__mesh__subcmd__config__subcmd__help__subcmd__setnodeid"
                ;;
            nuncio__subcmd__mesh__subcmd__config__subcmd__help,setnodelay)
                cmd="nuncio__subcmd__mesh__subcmd__config__subcmd__help__subcmd__setnodelay"
                ;;
            nuncio__subcmd__mesh__subcmd__config__subcmd__help,setparent)
                cmd="nuncio__subcmd__mesh__subcmd__config__subcmd__help__subcmd__setparent"
                ;;
            nuncio__subcmd__mesh__subcmd__config__subcmd__help,setsecret)
                cmd="nuncio__subcmd__mesh__subcmd__config__subcmd__help__subcmd__setsecret"
                ;;
            nuncio__subcmd__mesh__subcmd__config__subcmd__help,setseeds)
                cmd="nuncio__subcmd__mesh__subcmd__config__subcmd__help__subcmd__setseeds"
                ;;
            nuncio__subcmd__mesh__subcmd__config__subcmd__help,setservices)
                cmd="nuncio__subcmd__mesh__subcmd__config__subcmd__help__subcmd__setservices"
                ;;
            nuncio__subcmd__mesh__subcmd__config__subcmd__help,showconfig)
                cmd="nuncio__subcmd__mesh__subcmd__config__subcmd__help__subcmd__showconfig"
                ;;
            nuncio__subcmd__mesh__subcmd__config__subcmd__help,showprofile)
                cmd="nuncio__subcmd__mesh__subcmd__config__subcmd__help__subcmd__showprofile"
                ;;
            nuncio__subcmd__mesh__subcmd__help,call)
                cmd="nuncio__subcmd__mesh__subcmd__help__subcmd__call"
                ;;
            nuncio__subcmd__mesh__subcmd__help,config)
                cmd="nuncio__subcmd__mesh__subcmd__help__subcmd__config"
                ;;
            nuncio__subcmd__mesh__subcmd__help,db)
                cmd="nuncio__subcmd__mesh__subcmd__help__subcmd__db"
                ;;
            nuncio__subcmd__mesh__subcmd__help,groups)
                cmd="nuncio__subcmd__mesh__subcmd__help__subcmd__groups"
                ;;
            nuncio__subcmd__mesh__subcmd__help,help)
                cmd="nuncio__subcmd__mesh__subcmd__help__subcmd__help"
                ;;
            nuncio__subcmd__mesh__subcmd__help,kill)
                cmd="nuncio__subcmd__mesh__subcmd__help__subcmd__kill"
                ;;
            nuncio__subcmd__mesh__subcmd__help,monitor)
                cmd="nuncio__subcmd__mesh__subcmd__help__subcmd__monitor"
                ;;
            nuncio__subcmd__mesh__subcmd__help,nodes)
                cmd="nuncio__subcmd__mesh__subcmd__help__subcmd__nodes"
                ;;
            nuncio__subcmd__mesh__subcmd__help,ping)
                cmd="nuncio__subcmd__mesh__subcmd__help__subcmd__ping"
                ;;
            nuncio__subcmd__mesh__subcmd__help,run)
                cmd="nuncio__subcmd__mesh__subcmd__help__subcmd__run"
                ;;
            nuncio__subcmd__mesh__subcmd__help,send)
                cmd="nuncio__subcmd__mesh__subcmd__help__subcmd__send"
                ;;
            nuncio__subcmd__mesh__subcmd__help__subcmd__config,addbind)
                cmd="nuncio__subcmd__mesh__subcmd__help__subcmd__config__subcmd__addbind"
                ;;
            nuncio__subcmd__mesh__subcmd__help__subcmd__config,addseed)
                cmd="nuncio__subcmd__mesh__subcmd__help__subcmd__config__subcmd__addseed"
                ;;
            nuncio__subcmd__mesh__subcmd__help__subcmd__config,addservice)
                cmd="nuncio__subcmd__mesh__subcmd__help__subcmd__config__subcmd__addservice"
                ;;
            nuncio__subcmd__mesh__subcmd__help__subcmd__config,delauth_accept)
                cmd="nuncio__subcmd__mesh__subcmd__help__subcmd__config__subcmd__delauth_accept"
                ;;
            nuncio__subcmd__mesh__subcmd__help__subcmd__config,delauth_offer)
                cmd="nuncio__subcmd__mesh__subcmd__help__subcmd__config__subcmd__delauth_offer"
                ;;
            nuncio__subcmd__mesh__subcmd__help__subcmd__config,delautocork)
                cmd="nuncio__subcmd__mesh__subcmd__help__subcmd__config__subcmd__delautocork"
                ;;
            nuncio__subcmd__mesh__subcmd__help__subcmd__config,delbind)
                cmd="nuncio__subcmd__mesh__subcmd__help__subcmd__config__subcmd__delbind"
                ;;
            nuncio__subcmd__mesh__subcmd__help__subcmd__config,delbinds)
                cmd="nuncio__subcmd__mesh__subcmd__help__subcmd__config__subcmd__delbinds"
                ;;
            nuncio__subcmd__mesh__subcmd__help__subcmd__config,delcert)
                cmd="nuncio__subcmd__mesh__subcmd__help__subcmd__config__subcmd__delcert"
                ;;
            nuncio__subcmd__mesh__subcmd__help__subcmd__config,delconnect_interval)
                cmd="nuncio__subcmd__mesh__subcmd__help__subcmd__config__subcmd__delconnect_interval"
                ;;
            nuncio__subcmd__mesh__subcmd__help__subcmd__config,delframing_format)
                cmd="nuncio__subcmd__mesh__subcmd__help__subcmd__config__subcmd__delframing_format"
                ;;
            nuncio__subcmd__mesh__subcmd__help__subcmd__config,delmonitor_timeout)
                cmd="nuncio__subcmd__mesh__subcmd__help__subcmd__config__subcmd__delmonitor_timeout"
                ;;
            nuncio__subcmd__mesh__subcmd__help__subcmd__config,delnodeid)
                cmd="nuncio__subcmd__mesh__subcmd__help__subcmd__config__subcmd__delnodeid"
                ;;
            nuncio__subcmd__mesh__subcmd__help__subcmd__config,delnodelay)
                cmd="nuncio__subcmd__mesh__subcmd__help__subcmd__config__subcmd__delnodelay"
                ;;
            nuncio__subcmd__mesh__subcmd__help__subcmd__config,delparent)
                cmd="nuncio__subcmd__mesh__subcmd__help__subcmd__config__subcmd__delparent"
                ;;
            nuncio__subcmd__mesh__subcmd__help__subcmd__config,delprofile)
                cmd="nuncio__subcmd__mesh__subcmd__help__subcmd__config__subcmd__delprofile"
                ;;
            nuncio__subcmd__mesh__subcmd__help__subcmd__config,delsecret)
                cmd="nuncio__subcmd__mesh__subcmd__help__subcmd__config__subcmd__delsecret"
                ;;
            nuncio__subcmd__mesh__subcmd__help__subcmd__config,delseed)
                cmd="nuncio__subcmd__mesh__subcmd__help__subcmd__config__subcmd__delseed"
                ;;
            nuncio__subcmd__mesh__subcmd__help__subcmd__config,delseeds)
                cmd="nuncio__subcmd__mesh__subcmd__help__subcmd__config__subcmd__delseeds"
                ;;
            nuncio__subcmd__mesh__subcmd__help__subcmd__config,delservice)
                cmd="nuncio__subcmd__mesh__subcmd__help__subcmd__config__subcmd__delservice"
                ;;
            nuncio__subcmd__mesh__subcmd__help__subcmd__config,delservices)
                cmd="nuncio__subcmd__mesh__subcmd__help__subcmd__config__subcmd__delservices"
                ;;
            nuncio__subcmd__mesh__subcmd__help__subcmd__config,gencert)
                cmd="nuncio__subcmd__mesh__subcmd__help__subcmd__config__subcmd__gencert"
                ;;
            nuncio__subcmd__mesh__subcmd__help__subcmd__config,gensecret)
                cmd="nuncio__subcmd__mesh__subcmd__help__subcmd__config__subcmd__gensecret"
                ;;
            nuncio__subcmd__mesh__subcmd__help__subcmd__config,profile)
                cmd="nuncio__subcmd__mesh__subcmd__help__subcmd__config__subcmd__profile"
                ;;
            nuncio__subcmd__mesh__subcmd__help__subcmd__config,setauth_accept)
                cmd="nuncio__subcmd__mesh__subcmd__help__subcmd__config__subcmd__setauth_accept"
                ;;
            nuncio__subcmd__mesh__subcmd__help__subcmd__config,setauth_offer)
                cmd="nuncio__subcmd__mesh__subcmd__help__subcmd__config__subcmd__setauth_offer"
                ;;
            nuncio__subcmd__mesh__subcmd__help__subcmd__config,setautocork)
                cmd="nuncio__subcmd__mesh__subcmd__help__subcmd__config__subcmd__setautocork"
                ;;
            nuncio__subcmd__mesh__subcmd__help__subcmd__config,setbinds)
                cmd="nuncio__subcmd__mesh__subcmd__help__subcmd__config__subcmd__setbinds"
                ;;
            nuncio__subcmd__mesh__subcmd__help__subcmd__config,setcert)
                cmd="nuncio__subcmd__mesh__subcmd__help__subcmd__config__subcmd__setcert"
                ;;
            nuncio__subcmd__mesh__subcmd__help__subcmd__config,setconnect_interval)
                cmd="nuncio__subcmd__mesh__subcmd__help__subcmd__config__subcmd__setconnect_interval"
                ;;
            nuncio__subcmd__mesh__subcmd__help__subcmd__config,setframing_format)
                cmd="nuncio__subcmd__mesh__subcmd__help__subcmd__config__subcmd__setframing_format"
                ;;
            nuncio__subcmd__mesh__subcmd__help__subcmd__config,setmonitor_timeout)
                cmd="nuncio__subcmd__mesh__subcmd__help__subcmd__config__subcmd__setmonitor_timeout"
                ;;
            nuncio__subcmd__mesh__subcmd__help__subcmd__config,setnodeid)
                cmd="nuncio__subcmd__mesh__subcmd__help__subcmd__config__subcmd__setnodeid"
                ;;
            nuncio__subcmd__mesh__subcmd__help__subcmd__config,setnodelay)
                cmd="nuncio__subcmd__mesh__subcmd__help__subcmd__config__subcmd__setnodelay"
                ;;
            nuncio__subcmd__mesh__subcmd__help__subcmd__config,setparent)
                cmd="nuncio__subcmd__mesh__subcmd__help__subcmd__config__subcmd__setparent"
                ;;
            nuncio__subcmd__mesh__subcmd__help__subcmd__config,setsecret)
                cmd="nuncio__subcmd__mesh__subcmd__help__subcmd__config__subcmd__setsecret"
                ;;
            nuncio__subcmd__mesh__subcmd__help__subcmd__config,setseeds)
                cmd="nuncio__subcmd__mesh__subcmd__help__subcmd__config__subcmd__setseeds"
                ;;
            nuncio__subcmd__mesh__subcmd__help__subcmd__config,setservices)
                cmd="nuncio__subcmd__mesh__subcmd__help__subcmd__config__subcmd__setservices"
                ;;
            nuncio__subcmd__mesh__subcmd__help__subcmd__config,showconfig)
                cmd="nuncio__subcmd__mesh__subcmd__help__subcmd__config__subcmd__showconfig"
                ;;
            nuncio__subcmd__mesh__subcmd__help__subcmd__config,showprofile)
                cmd="nuncio__subcmd__mesh__subcmd__help__subcmd__config__subcmd__showprofile"
                ;;
            nuncio__subcmd__queue,help)
                cmd="nuncio__subcmd__queue__subcmd__help"
                ;;
            nuncio__subcmd__queue,list)
                cmd="nuncio__subcmd__queue__subcmd__list"
                ;;
            nuncio__subcmd__queue,recv)
                cmd="nuncio__subcmd__queue__subcmd__recv"
                ;;
            nuncio__subcmd__queue,remove)
                cmd="nuncio__subcmd__queue__subcmd__remove"
                ;;
            nuncio__subcmd__queue,send)
                cmd="nuncio__subcmd__queue__subcmd__send"
                ;;
            nuncio__subcmd__queue,stat)
                cmd="nuncio__subcmd__queue__subcmd__stat"
                ;;
            nuncio__subcmd__queue__subcmd__help,help)
                cmd="nuncio__subcmd__queue__subcmd__help__subcmd__help"
                ;;
            nuncio__subcmd__queue__subcmd__help,list)
                cmd="nuncio__subcmd__queue__subcmd__help__subcmd__list"
                ;;
            nuncio__subcmd__queue__subcmd__help,recv)
                cmd="nuncio__subcmd__queue__subcmd__help__subcmd__recv"
                ;;
            nuncio__subcmd__queue__subcmd__help,remove)
                cmd="nuncio__subcmd__queue__subcmd__help__subcmd__remove"
                ;;
            nuncio__subcmd__queue__subcmd__help,send)
                cmd="nuncio__subcmd__queue__subcmd__help__subcmd__send"
                ;;
            nuncio__subcmd__queue__subcmd__help,stat)
                cmd="nuncio__subcmd__queue__subcmd__help__subcmd__stat"
                ;;
            nuncio__subcmd__rpc,call)
                cmd="nuncio__subcmd__rpc__subcmd__call"
                ;;
            nuncio__subcmd__rpc,help)
                cmd="nuncio__subcmd__rpc__subcmd__help"
                ;;
            nuncio__subcmd__rpc,listen)
                cmd="nuncio__subcmd__rpc__subcmd__listen"
                ;;
            nuncio__subcmd__rpc,serve)
                cmd="nuncio__subcmd__rpc__subcmd__serve"
                ;;
            nuncio__subcmd__rpc,stats)
                cmd="nuncio__subcmd__rpc__subcmd__stats"
                ;;
            nuncio__subcmd__rpc__subcmd__help,call)
                cmd="nuncio__subcmd__rpc__subcmd__help__subcmd__call"
                ;;
            nuncio__subcmd__rpc__subcmd__help,help)
                cmd="nuncio__subcmd__rpc__subcmd__help__subcmd__help"
                ;;
            nuncio__subcmd__rpc__subcmd__help,listen)
                cmd="nuncio__subcmd__rpc__subcmd__help__subcmd__listen"
                ;;
            nuncio__subcmd__rpc__subcmd__help,serve)
                cmd="nuncio__subcmd__rpc__subcmd__help__subcmd__serve"
                ;;
            nuncio__subcmd__rpc__subcmd__help,stats)
                cmd="nuncio__subcmd__rpc__subcmd__help__subcmd__stats"
                ;;
            *)
                ;;
        esac
    done

    case "${cmd}" in
        nuncio)
            opts="-h -V --help --version bus codec demo gateway keys mesh queue rpc help"
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 1 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        nuncio__subcmd__bus)
            opts="-h --help broadcast clean create destroy peers recv request send serve stats tap help"
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 2 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        nuncio__subcmd__bus__subcmd__broadcast)
            opts="-h --as --timeout --help"
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 3 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                --as)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --timeout)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        nuncio__subcmd__bus__subcmd__clean)
            opts="-h --help"
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 3 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        nuncio__subcmd__bus__subcmd__create)
            opts="-h --driver --serializer --route --signal --keep --help"
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 3 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                --driver)
                    COMPREPLY=($(compgen -W "fifo files jsonfile stream unix" -- "${cur}"))
                    return 0
                    ;;
                --serializer)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --route)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --signal)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        nuncio__subcmd__bus__subcmd__destroy)
            opts="-h --help"
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 3 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        nuncio__subcmd__bus__subcmd__help)
            opts="broadcast clean create destroy peers recv request send serve stats tap help"
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 3 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        nuncio__subcmd__bus__subcmd__help__subcmd__broadcast)
            opts=""
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 4 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        nuncio__subcmd__bus__subcmd__help__subcmd__clean)
            opts=""
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 4 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        nuncio__subcmd__bus__subcmd__help__subcmd__create)
            opts=""
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 4 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        nuncio__subcmd__bus__subcmd__help__subcmd__destroy)
            opts=""
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 4 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        nuncio__subcmd__bus__subcmd__help__subcmd__help)
            opts=""
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 4 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        nuncio__subcmd__bus__subcmd__help__subcmd__peers)
            opts=""
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 4 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        nuncio__subcmd__bus__subcmd__help__subcmd__recv)
            opts=""
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 4 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        nuncio__subcmd__bus__subcmd__help__subcmd__request)
            opts=""
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 4 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        nuncio__subcmd__bus__subcmd__help__subcmd__send)
            opts=""
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 4 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        nuncio__subcmd__bus__subcmd__help__subcmd__serve)
            opts=""
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 4 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        nuncio__subcmd__bus__subcmd__help__subcmd__stats)
            opts=""
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 4 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        nuncio__subcmd__bus__subcmd__help__subcmd__tap)
            opts=""
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 4 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        nuncio__subcmd__bus__subcmd__peers)
            opts="-h --json --help"
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 3 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        nuncio__subcmd__bus__subcmd__recv)
            opts="-h --as --count --follow --timeout --content --reconnect --suspend --help"
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 3 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                --as)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --count)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --timeout)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --suspend)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        nuncio__subcmd__bus__subcmd__request)
            opts="-h --as --timeout --help"
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 3 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                --as)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --timeout)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        nuncio__subcmd__bus__subcmd__send)
            opts="-h --as --help"
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 3 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                --as)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        nuncio__subcmd__bus__subcmd__serve)
            opts="-h --as --exec --help"
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 3 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                --as)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --exec)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        nuncio__subcmd__bus__subcmd__stats)
            opts="-h --json --help"
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 3 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        nuncio__subcmd__bus__subcmd__tap)
            opts="-h --as --help"
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 3 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                --as)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        nuncio__subcmd__codec)
            opts="-h --help convert decode detect help"
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 2 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        nuncio__subcmd__codec__subcmd__convert)
            opts="-h --from --to --strings --code-as-text --help"
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 3 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                --from)
                    COMPREPLY=($(compgen -W "auto cbor dumper json json-zstd msgpack sereal storable yaml" -- "${cur}"))
                    return 0
                    ;;
                --to)
                    COMPREPLY=($(compgen -W "cbor dumper json json-zstd msgpack sereal storable yaml" -- "${cur}"))
                    return 0
                    ;;
                --strings)
                    COMPREPLY=($(compgen -W "latin1 utf8" -- "${cur}"))
                    return 0
                    ;;
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        nuncio__subcmd__codec__subcmd__decode)
            opts="-h --from --typed --help"
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 3 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                --from)
                    COMPREPLY=($(compgen -W "auto cbor dumper json json-zstd msgpack sereal storable yaml" -- "${cur}"))
                    return 0
                    ;;
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        nuncio__subcmd__codec__subcmd__detect)
            opts="-h --help"
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 3 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        nuncio__subcmd__codec__subcmd__help)
            opts="convert decode detect help"
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 3 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        nuncio__subcmd__codec__subcmd__help__subcmd__convert)
            opts=""
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 4 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        nuncio__subcmd__codec__subcmd__help__subcmd__decode)
            opts=""
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 4 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        nuncio__subcmd__codec__subcmd__help__subcmd__detect)
            opts=""
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 4 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        nuncio__subcmd__codec__subcmd__help__subcmd__help)
            opts=""
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 4 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        nuncio__subcmd__demo)
            opts="-h --all --json --help"
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 2 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        nuncio__subcmd__gateway)
            opts="-h --config --listen --registry --spill --spool --destination --allow-queue --allow-destination --proxy --keyring --tls-cert --tls-key --client-ca --ca --token --danger-open --danger-shared --keep-for --spool-bytes --body-bytes --batch-messages --rate --connections --patience --help check help"
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 2 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                --config)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --listen)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --registry)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --spill)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --spool)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --destination)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --allow-queue)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --allow-destination)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --proxy)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --keyring)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --tls-cert)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --tls-key)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --client-ca)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --ca)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --token)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --danger-open)
                    COMPREPLY=($(compgen -W "proxy queues destinations" -- "${cur}"))
                    return 0
                    ;;
                --keep-for)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --spool-bytes)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --body-bytes)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --batch-messages)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --rate)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --connections)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --patience)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        nuncio__subcmd__gateway__subcmd__check)
            opts="-h --config --help"
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 3 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                --config)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        nuncio__subcmd__gateway__subcmd__help)
            opts="check help"
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 3 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        nuncio__subcmd__gateway__subcmd__help__subcmd__check)
            opts=""
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 4 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        nuncio__subcmd__gateway__subcmd__help__subcmd__help)
            opts=""
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 4 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        nuncio__subcmd__help)
            opts="bus codec demo gateway keys mesh queue rpc help"
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 2 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        nuncio__subcmd__help__subcmd__bus)
            opts="broadcast clean create destroy peers recv request send serve stats tap"
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 3 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        nuncio__subcmd__help__subcmd__bus__subcmd__broadcast)
            opts=""
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 4 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        nuncio__subcmd__help__subcmd__bus__subcmd__clean)
            opts=""
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 4 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        nuncio__subcmd__help__subcmd__bus__subcmd__create)
            opts=""
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 4 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        nuncio__subcmd__help__subcmd__bus__subcmd__destroy)
            opts=""
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 4 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        nuncio__subcmd__help__subcmd__bus__subcmd__peers)
            opts=""
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 4 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        nuncio__subcmd__help__subcmd__bus__subcmd__recv)
            opts=""
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 4 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        nuncio__subcmd__help__subcmd__bus__subcmd__request)
            opts=""
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 4 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        nuncio__subcmd__help__subcmd__bus__subcmd__send)
            opts=""
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 4 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        nuncio__subcmd__help__subcmd__bus__subcmd__serve)
            opts=""
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 4 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        nuncio__subcmd__help__subcmd__bus__subcmd__stats)
            opts=""
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 4 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        nuncio__subcmd__help__subcmd__bus__subcmd__tap)
            opts=""
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 4 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        nuncio__subcmd__help__subcmd__codec)
            opts="convert decode detect"
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 3 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        nuncio__subcmd__help__subcmd__codec__subcmd__convert)
            opts=""
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 4 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        nuncio__subcmd__help__subcmd__codec__subcmd__decode)
            opts=""
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 4 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        nuncio__subcmd__help__subcmd__codec__subcmd__detect)
            opts=""
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 4 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        nuncio__subcmd__help__subcmd__demo)
            opts=""
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 3 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        nuncio__subcmd__help__subcmd__gateway)
            opts="check"
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 3 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        nuncio__subcmd__help__subcmd__gateway__subcmd__check)
            opts=""
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 4 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        nuncio__subcmd__help__subcmd__help)
            opts=""
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 3 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        nuncio__subcmd__help__subcmd__keys)
            opts="export generate import list revoke trust"
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 3 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        nuncio__subcmd__help__subcmd__keys__subcmd__export)
            opts=""
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 4 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        nuncio__subcmd__help__subcmd__keys__subcmd__generate)
            opts=""
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 4 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        nuncio__subcmd__help__subcmd__keys__subcmd__import)
            opts=""
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 4 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        nuncio__subcmd__help__subcmd__keys__subcmd__list)
            opts=""
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 4 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        nuncio__subcmd__help__subcmd__keys__subcmd__revoke)
            opts=""
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 4 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        nuncio__subcmd__help__subcmd__keys__subcmd__trust)
            opts=""
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 4 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        nuncio__subcmd__help__subcmd__mesh)
            opts="call config db groups kill monitor nodes ping run send"
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 3 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        nuncio__subcmd__help__subcmd__mesh__subcmd__call)
            opts=""
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 4 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        nuncio__subcmd__help__subcmd__mesh__subcmd__config)
            opts="showprofile showconfig setnodeid delnodeid setsecret gensecret delsecret gencert setcert delcert setbinds addbind delbind delbinds setseeds addseed delseed delseeds setservices addservice delservice delservices setmonitor_timeout delmonitor_timeout setconnect_interval delconnect_interval setframing_format delframing_format setauth_offer delauth_offer setauth_accept delauth_accept setautocork delautocork setnodelay delnodelay profile setparent delparent delprofile"
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 4 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        nuncio__subcmd__help__subcmd__mesh__subcmd__config__subcmd__addbind)
            opts=""
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 5 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        nuncio__subcmd__help__subcmd__mesh__subcmd__config__subcmd__addseed)
            opts=""
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 5 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        nuncio__subcmd__help__subcmd__mesh__subcmd__config__subcmd__addservice)
            opts=""
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 5 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        nuncio__subcmd__help__subcmd__mesh__subcmd__config__subcmd__delauth_accept)
            opts=""
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 5 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        nuncio__subcmd__help__subcmd__mesh__subcmd__config__subcmd__delauth_offer)
            opts=""
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 5 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        nuncio__subcmd__help__subcmd__mesh__subcmd__config__subcmd__delautocork)
            opts=""
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 5 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        nuncio__subcmd__help__subcmd__mesh__subcmd__config__subcmd__delbind)
            opts=""
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 5 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        nuncio__subcmd__help__subcmd__mesh__subcmd__config__subcmd__delbinds)
            opts=""
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 5 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        nuncio__subcmd__help__subcmd__mesh__subcmd__config__subcmd__delcert)
            opts=""
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 5 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        nuncio__subcmd__help__subcmd__mesh__subcmd__config__subcmd__delconnect_interval)
            opts=""
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 5 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        nuncio__subcmd__help__subcmd__mesh__subcmd__config__subcmd__delframing_format)
            opts=""
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 5 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        nuncio__subcmd__help__subcmd__mesh__subcmd__config__subcmd__delmonitor_timeout)
            opts=""
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 5 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        nuncio__subcmd__help__subcmd__mesh__subcmd__config__subcmd__delnodeid)
            opts=""
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 5 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        nuncio__subcmd__help__subcmd__mesh__subcmd__config__subcmd__delnodelay)
            opts=""
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 5 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        nuncio__subcmd__help__subcmd__mesh__subcmd__config__subcmd__delparent)
            opts=""
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 5 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        nuncio__subcmd__help__subcmd__mesh__subcmd__config__subcmd__delprofile)
            opts=""
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 5 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        nuncio__subcmd__help__subcmd__mesh__subcmd__config__subcmd__delsecret)
            opts=""
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 5 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        nuncio__subcmd__help__subcmd__mesh__subcmd__config__subcmd__delseed)
            opts=""
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 5 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        nuncio__subcmd__help__subcmd__mesh__subcmd__config__subcmd__delseeds)
            opts=""
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 5 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        nuncio__subcmd__help__subcmd__mesh__subcmd__config__subcmd__delservice)
            opts=""
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 5 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        nuncio__subcmd__help__subcmd__mesh__subcmd__config__subcmd__delservices)
            opts=""
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 5 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        nuncio__subcmd__help__subcmd__mesh__subcmd__config__subcmd__gencert)
            opts=""
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 5 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        nuncio__subcmd__help__subcmd__mesh__subcmd__config__subcmd__gensecret)
            opts=""
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 5 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        nuncio__subcmd__help__subcmd__mesh__subcmd__config__subcmd__profile)
            opts=""
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 5 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        nuncio__subcmd__help__subcmd__mesh__subcmd__config__subcmd__setauth_accept)
            opts=""
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 5 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        nuncio__subcmd__help__subcmd__mesh__subcmd__config__subcmd__setauth_offer)
            opts=""
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 5 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        nuncio__subcmd__help__subcmd__mesh__subcmd__config__subcmd__setautocork)
            opts=""
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 5 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        nuncio__subcmd__help__subcmd__mesh__subcmd__config__subcmd__setbinds)
            opts=""
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 5 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        nuncio__subcmd__help__subcmd__mesh__subcmd__config__subcmd__setcert)
            opts=""
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 5 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        nuncio__subcmd__help__subcmd__mesh__subcmd__config__subcmd__setconnect_interval)
            opts=""
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 5 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        nuncio__subcmd__help__subcmd__mesh__subcmd__config__subcmd__setframing_format)
            opts=""
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 5 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        nuncio__subcmd__help__subcmd__mesh__subcmd__config__subcmd__setmonitor_timeout)
            opts=""
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 5 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        nuncio__subcmd__help__subcmd__mesh__subcmd__config__subcmd__setnodeid)
            opts=""
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 5 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        nuncio__subcmd__help__subcmd__mesh__subcmd__config__subcmd__setnodelay)
            opts=""
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 5 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        nuncio__subcmd__help__subcmd__mesh__subcmd__config__subcmd__setparent)
            opts=""
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 5 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        nuncio__subcmd__help__subcmd__mesh__subcmd__config__subcmd__setsecret)
            opts=""
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 5 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        nuncio__subcmd__help__subcmd__mesh__subcmd__config__subcmd__setseeds)
            opts=""
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 5 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        nuncio__subcmd__help__subcmd__mesh__subcmd__config__subcmd__setservices)
            opts=""
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 5 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        nuncio__subcmd__help__subcmd__mesh__subcmd__config__subcmd__showconfig)
            opts=""
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 5 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        nuncio__subcmd__help__subcmd__mesh__subcmd__config__subcmd__showprofile)
            opts=""
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 5 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        nuncio__subcmd__help__subcmd__mesh__subcmd__db)
            opts=""
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 4 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        nuncio__subcmd__help__subcmd__mesh__subcmd__groups)
            opts=""
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 4 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        nuncio__subcmd__help__subcmd__mesh__subcmd__kill)
            opts=""
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 4 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        nuncio__subcmd__help__subcmd__mesh__subcmd__monitor)
            opts=""
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 4 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        nuncio__subcmd__help__subcmd__mesh__subcmd__nodes)
            opts=""
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 4 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        nuncio__subcmd__help__subcmd__mesh__subcmd__ping)
            opts=""
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 4 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        nuncio__subcmd__help__subcmd__mesh__subcmd__run)
            opts=""
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 4 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        nuncio__subcmd__help__subcmd__mesh__subcmd__send)
            opts=""
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 4 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        nuncio__subcmd__help__subcmd__queue)
            opts="list recv remove send stat"
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 3 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        nuncio__subcmd__help__subcmd__queue__subcmd__list)
            opts=""
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 4 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        nuncio__subcmd__help__subcmd__queue__subcmd__recv)
            opts=""
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 4 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        nuncio__subcmd__help__subcmd__queue__subcmd__remove)
            opts=""
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 4 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        nuncio__subcmd__help__subcmd__queue__subcmd__send)
            opts=""
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 4 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        nuncio__subcmd__help__subcmd__queue__subcmd__stat)
            opts=""
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 4 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        nuncio__subcmd__help__subcmd__rpc)
            opts="call listen serve stats"
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 3 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        nuncio__subcmd__help__subcmd__rpc__subcmd__call)
            opts=""
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 4 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        nuncio__subcmd__help__subcmd__rpc__subcmd__listen)
            opts=""
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 4 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        nuncio__subcmd__help__subcmd__rpc__subcmd__serve)
            opts=""
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 4 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        nuncio__subcmd__help__subcmd__rpc__subcmd__stats)
            opts=""
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 4 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        nuncio__subcmd__keys)
            opts="-h --keyring --help export generate import list revoke trust help"
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 2 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                --keyring)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        nuncio__subcmd__keys__subcmd__export)
            opts="-h --public --secret --keyring --help"
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 3 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                --keyring)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        nuncio__subcmd__keys__subcmd__generate)
            opts="-h --comment --keyring --help"
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 3 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                --comment)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --keyring)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        nuncio__subcmd__keys__subcmd__help)
            opts="export generate import list revoke trust help"
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 3 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        nuncio__subcmd__keys__subcmd__help__subcmd__export)
            opts=""
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 4 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        nuncio__subcmd__keys__subcmd__help__subcmd__generate)
            opts=""
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 4 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        nuncio__subcmd__keys__subcmd__help__subcmd__help)
            opts=""
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 4 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        nuncio__subcmd__keys__subcmd__help__subcmd__import)
            opts=""
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 4 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        nuncio__subcmd__keys__subcmd__help__subcmd__list)
            opts=""
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 4 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        nuncio__subcmd__keys__subcmd__help__subcmd__revoke)
            opts=""
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 4 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        nuncio__subcmd__keys__subcmd__help__subcmd__trust)
            opts=""
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 4 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        nuncio__subcmd__keys__subcmd__import)
            opts="-h --comment --keyring --help"
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 3 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                --comment)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --keyring)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        nuncio__subcmd__keys__subcmd__list)
            opts="-h --json --keyring --help"
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 3 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                --keyring)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        nuncio__subcmd__keys__subcmd__revoke)
            opts="-h --keyring --help"
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 3 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                --keyring)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        nuncio__subcmd__keys__subcmd__trust)
            opts="-h --comment --keyring --help"
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 3 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                --comment)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --keyring)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        nuncio__subcmd__mesh)
            opts="-h --help call config db groups kill monitor nodes ping run send help"
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 2 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        nuncio__subcmd__mesh__subcmd__call)
            opts="-h --seed --profile --secret-file --tls --danger-plaintext --generation --timeout --help"
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 3 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                --seed)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --profile)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --secret-file)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --tls)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --generation)
                    COMPREPLY=($(compgen -W "1 2" -- "${cur}"))
                    return 0
                    ;;
                --timeout)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        nuncio__subcmd__mesh__subcmd__config)
            opts="-h --file --profile --help showprofile showconfig setnodeid delnodeid setsecret gensecret delsecret gencert setcert delcert setbinds addbind delbind delbinds setseeds addseed delseed delseeds setservices addservice delservice delservices setmonitor_timeout delmonitor_timeout setconnect_interval delconnect_interval setframing_format delframing_format setauth_offer delauth_offer setauth_accept delauth_accept setautocork delautocork setnodelay delnodelay profile setparent delparent delprofile help"
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 3 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                --file)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --profile)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        nuncio__subcmd__mesh__subcmd__config__subcmd__addbind)
            opts="-h --help"
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 4 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        nuncio__subcmd__mesh__subcmd__config__subcmd__addseed)
            opts="-h --help"
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 4 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        nuncio__subcmd__mesh__subcmd__config__subcmd__addservice)
            opts="-h --help"
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 4 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        nuncio__subcmd__mesh__subcmd__config__subcmd__delauth_accept)
            opts="-h --help"
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 4 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        nuncio__subcmd__mesh__subcmd__config__subcmd__delauth_offer)
            opts="-h --help"
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 4 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        nuncio__subcmd__mesh__subcmd__config__subcmd__delautocork)
            opts="-h --help"
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 4 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        nuncio__subcmd__mesh__subcmd__config__subcmd__delbind)
            opts="-h --help"
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 4 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        nuncio__subcmd__mesh__subcmd__config__subcmd__delbinds)
            opts="-h --help"
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 4 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        nuncio__subcmd__mesh__subcmd__config__subcmd__delcert)
            opts="-h --help"
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 4 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        nuncio__subcmd__mesh__subcmd__config__subcmd__delconnect_interval)
            opts="-h --help"
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 4 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        nuncio__subcmd__mesh__subcmd__config__subcmd__delframing_format)
            opts="-h --help"
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 4 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        nuncio__subcmd__mesh__subcmd__config__subcmd__delmonitor_timeout)
            opts="-h --help"
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 4 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        nuncio__subcmd__mesh__subcmd__config__subcmd__delnodeid)
            opts="-h --help"
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 4 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        nuncio__subcmd__mesh__subcmd__config__subcmd__delnodelay)
            opts="-h --help"
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 4 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        nuncio__subcmd__mesh__subcmd__config__subcmd__delparent)
            opts="-h --help"
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 4 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        nuncio__subcmd__mesh__subcmd__config__subcmd__delprofile)
            opts="-h --help"
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 4 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        nuncio__subcmd__mesh__subcmd__config__subcmd__delsecret)
            opts="-h --help"
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 4 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        nuncio__subcmd__mesh__subcmd__config__subcmd__delseed)
            opts="-h --help"
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 4 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        nuncio__subcmd__mesh__subcmd__config__subcmd__delseeds)
            opts="-h --help"
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 4 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        nuncio__subcmd__mesh__subcmd__config__subcmd__delservice)
            opts="-h --help"
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 4 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        nuncio__subcmd__mesh__subcmd__config__subcmd__delservices)
            opts="-h --help"
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 4 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        nuncio__subcmd__mesh__subcmd__config__subcmd__gencert)
            opts="-h --help"
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 4 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        nuncio__subcmd__mesh__subcmd__config__subcmd__gensecret)
            opts="-h --help"
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 4 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        nuncio__subcmd__mesh__subcmd__config__subcmd__help)
            opts="showprofile showconfig setnodeid delnodeid setsecret gensecret delsecret gencert setcert delcert setbinds addbind delbind delbinds setseeds addseed delseed delseeds setservices addservice delservice delservices setmonitor_timeout delmonitor_timeout setconnect_interval delconnect_interval setframing_format delframing_format setauth_offer delauth_offer setauth_accept delauth_accept setautocork delautocork setnodelay delnodelay profile setparent delparent delprofile help"
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 4 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        nuncio__subcmd__mesh__subcmd__config__subcmd__help__subcmd__addbind)
            opts=""
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 5 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        nuncio__subcmd__mesh__subcmd__config__subcmd__help__subcmd__addseed)
            opts=""
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 5 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        nuncio__subcmd__mesh__subcmd__config__subcmd__help__subcmd__addservice)
            opts=""
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 5 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        nuncio__subcmd__mesh__subcmd__config__subcmd__help__subcmd__delauth_accept)
            opts=""
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 5 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        nuncio__subcmd__mesh__subcmd__config__subcmd__help__subcmd__delauth_offer)
            opts=""
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 5 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        nuncio__subcmd__mesh__subcmd__config__subcmd__help__subcmd__delautocork)
            opts=""
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 5 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        nuncio__subcmd__mesh__subcmd__config__subcmd__help__subcmd__delbind)
            opts=""
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 5 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        nuncio__subcmd__mesh__subcmd__config__subcmd__help__subcmd__delbinds)
            opts=""
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 5 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        nuncio__subcmd__mesh__subcmd__config__subcmd__help__subcmd__delcert)
            opts=""
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 5 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        nuncio__subcmd__mesh__subcmd__config__subcmd__help__subcmd__delconnect_interval)
            opts=""
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 5 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        nuncio__subcmd__mesh__subcmd__config__subcmd__help__subcmd__delframing_format)
            opts=""
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 5 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        nuncio__subcmd__mesh__subcmd__config__subcmd__help__subcmd__delmonitor_timeout)
            opts=""
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 5 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        nuncio__subcmd__mesh__subcmd__config__subcmd__help__subcmd__delnodeid)
            opts=""
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 5 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        nuncio__subcmd__mesh__subcmd__config__subcmd__help__subcmd__delnodelay)
            opts=""
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 5 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        nuncio__subcmd__mesh__subcmd__config__subcmd__help__subcmd__delparent)
            opts=""
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 5 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        nuncio__subcmd__mesh__subcmd__config__subcmd__help__subcmd__delprofile)
            opts=""
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 5 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        nuncio__subcmd__mesh__subcmd__config__subcmd__help__subcmd__delsecret)
            opts=""
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 5 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        nuncio__subcmd__mesh__subcmd__config__subcmd__help__subcmd__delseed)
            opts=""
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 5 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        nuncio__subcmd__mesh__subcmd__config__subcmd__help__subcmd__delseeds)
            opts=""
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 5 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        nuncio__subcmd__mesh__subcmd__config__subcmd__help__subcmd__delservice)
            opts=""
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 5 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        nuncio__subcmd__mesh__subcmd__config__subcmd__help__subcmd__delservices)
            opts=""
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 5 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        nuncio__subcmd__mesh__subcmd__config__subcmd__help__subcmd__gencert)
            opts=""
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 5 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        nuncio__subcmd__mesh__subcmd__config__subcmd__help__subcmd__gensecret)
            opts=""
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 5 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        nuncio__subcmd__mesh__subcmd__config__subcmd__help__subcmd__help)
            opts=""
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 5 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        nuncio__subcmd__mesh__subcmd__config__subcmd__help__subcmd__profile)
            opts=""
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 5 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        nuncio__subcmd__mesh__subcmd__config__subcmd__help__subcmd__setauth_accept)
            opts=""
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 5 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        nuncio__subcmd__mesh__subcmd__config__subcmd__help__subcmd__setauth_offer)
            opts=""
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 5 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        nuncio__subcmd__mesh__subcmd__config__subcmd__help__subcmd__setautocork)
            opts=""
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 5 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        nuncio__subcmd__mesh__subcmd__config__subcmd__help__subcmd__setbinds)
            opts=""
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 5 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        nuncio__subcmd__mesh__subcmd__config__subcmd__help__subcmd__setcert)
            opts=""
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 5 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        nuncio__subcmd__mesh__subcmd__config__subcmd__help__subcmd__setconnect_interval)
            opts=""
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 5 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        nuncio__subcmd__mesh__subcmd__config__subcmd__help__subcmd__setframing_format)
            opts=""
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 5 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        nuncio__subcmd__mesh__subcmd__config__subcmd__help__subcmd__setmonitor_timeout)
            opts=""
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 5 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        nuncio__subcmd__mesh__subcmd__config__subcmd__help__subcmd__setnodeid)
            opts=""
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 5 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        nuncio__subcmd__mesh__subcmd__config__subcmd__help__subcmd__setnodelay)
            opts=""
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 5 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        nuncio__subcmd__mesh__subcmd__config__subcmd__help__subcmd__setparent)
            opts=""
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 5 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        nuncio__subcmd__mesh__subcmd__config__subcmd__help__subcmd__setsecret)
            opts=""
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 5 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        nuncio__subcmd__mesh__subcmd__config__subcmd__help__subcmd__setseeds)
            opts=""
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 5 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        nuncio__subcmd__mesh__subcmd__config__subcmd__help__subcmd__setservices)
            opts=""
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 5 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        nuncio__subcmd__mesh__subcmd__config__subcmd__help__subcmd__showconfig)
            opts=""
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 5 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        nuncio__subcmd__mesh__subcmd__config__subcmd__help__subcmd__showprofile)
            opts=""
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 5 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        nuncio__subcmd__mesh__subcmd__config__subcmd__profile)
            opts="-h --help"
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 4 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        nuncio__subcmd__mesh__subcmd__config__subcmd__setauth_accept)
            opts="-h --help"
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 4 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        nuncio__subcmd__mesh__subcmd__config__subcmd__setauth_offer)
            opts="-h --help"
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 4 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        nuncio__subcmd__mesh__subcmd__config__subcmd__setautocork)
            opts="-h --help"
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 4 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        nuncio__subcmd__mesh__subcmd__config__subcmd__setbinds)
            opts="-h --help"
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 4 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        nuncio__subcmd__mesh__subcmd__config__subcmd__setcert)
            opts="-h --help"
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 4 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        nuncio__subcmd__mesh__subcmd__config__subcmd__setconnect_interval)
            opts="-h --help"
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 4 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        nuncio__subcmd__mesh__subcmd__config__subcmd__setframing_format)
            opts="-h --help"
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 4 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        nuncio__subcmd__mesh__subcmd__config__subcmd__setmonitor_timeout)
            opts="-h --help"
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 4 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        nuncio__subcmd__mesh__subcmd__config__subcmd__setnodeid)
            opts="-h --help"
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 4 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        nuncio__subcmd__mesh__subcmd__config__subcmd__setnodelay)
            opts="-h --help"
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 4 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        nuncio__subcmd__mesh__subcmd__config__subcmd__setparent)
            opts="-h --help"
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 4 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        nuncio__subcmd__mesh__subcmd__config__subcmd__setsecret)
            opts="-h --help"
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 4 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        nuncio__subcmd__mesh__subcmd__config__subcmd__setseeds)
            opts="-h --help"
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 4 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        nuncio__subcmd__mesh__subcmd__config__subcmd__setservices)
            opts="-h --help"
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 4 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        nuncio__subcmd__mesh__subcmd__config__subcmd__showconfig)
            opts="-h --help"
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 4 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        nuncio__subcmd__mesh__subcmd__config__subcmd__showprofile)
            opts="-h --help"
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 4 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        nuncio__subcmd__mesh__subcmd__db)
            opts="-h --json --seed --profile --secret-file --tls --danger-plaintext --generation --timeout --help"
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 3 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                --seed)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --profile)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --secret-file)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --tls)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --generation)
                    COMPREPLY=($(compgen -W "1 2" -- "${cur}"))
                    return 0
                    ;;
                --timeout)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        nuncio__subcmd__mesh__subcmd__groups)
            opts="-h --json --seed --profile --secret-file --tls --danger-plaintext --generation --timeout --help"
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 3 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                --seed)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --profile)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --secret-file)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --tls)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --generation)
                    COMPREPLY=($(compgen -W "1 2" -- "${cur}"))
                    return 0
                    ;;
                --timeout)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        nuncio__subcmd__mesh__subcmd__help)
            opts="call config db groups kill monitor nodes ping run send help"
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 3 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        nuncio__subcmd__mesh__subcmd__help__subcmd__call)
            opts=""
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 4 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        nuncio__subcmd__mesh__subcmd__help__subcmd__config)
            opts="showprofile showconfig setnodeid delnodeid setsecret gensecret delsecret gencert setcert delcert setbinds addbind delbind delbinds setseeds addseed delseed delseeds setservices addservice delservice delservices setmonitor_timeout delmonitor_timeout setconnect_interval delconnect_interval setframing_format delframing_format setauth_offer delauth_offer setauth_accept delauth_accept setautocork delautocork setnodelay delnodelay profile setparent delparent delprofile"
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 4 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        nuncio__subcmd__mesh__subcmd__help__subcmd__config__subcmd__addbind)
            opts=""
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 5 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        nuncio__subcmd__mesh__subcmd__help__subcmd__config__subcmd__addseed)
            opts=""
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 5 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        nuncio__subcmd__mesh__subcmd__help__subcmd__config__subcmd__addservice)
            opts=""
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 5 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        nuncio__subcmd__mesh__subcmd__help__subcmd__config__subcmd__delauth_accept)
            opts=""
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 5 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        nuncio__subcmd__mesh__subcmd__help__subcmd__config__subcmd__delauth_offer)
            opts=""
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 5 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        nuncio__subcmd__mesh__subcmd__help__subcmd__config__subcmd__delautocork)
            opts=""
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 5 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        nuncio__subcmd__mesh__subcmd__help__subcmd__config__subcmd__delbind)
            opts=""
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 5 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        nuncio__subcmd__mesh__subcmd__help__subcmd__config__subcmd__delbinds)
            opts=""
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 5 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        nuncio__subcmd__mesh__subcmd__help__subcmd__config__subcmd__delcert)
            opts=""
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 5 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        nuncio__subcmd__mesh__subcmd__help__subcmd__config__subcmd__delconnect_interval)
            opts=""
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 5 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        nuncio__subcmd__mesh__subcmd__help__subcmd__config__subcmd__delframing_format)
            opts=""
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 5 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        nuncio__subcmd__mesh__subcmd__help__subcmd__config__subcmd__delmonitor_timeout)
            opts=""
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 5 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        nuncio__subcmd__mesh__subcmd__help__subcmd__config__subcmd__delnodeid)
            opts=""
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 5 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        nuncio__subcmd__mesh__subcmd__help__subcmd__config__subcmd__delnodelay)
            opts=""
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 5 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        nuncio__subcmd__mesh__subcmd__help__subcmd__config__subcmd__delparent)
            opts=""
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 5 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        nuncio__subcmd__mesh__subcmd__help__subcmd__config__subcmd__delprofile)
            opts=""
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 5 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        nuncio__subcmd__mesh__subcmd__help__subcmd__config__subcmd__delsecret)
            opts=""
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 5 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        nuncio__subcmd__mesh__subcmd__help__subcmd__config__subcmd__delseed)
            opts=""
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 5 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        nuncio__subcmd__mesh__subcmd__help__subcmd__config__subcmd__delseeds)
            opts=""
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 5 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        nuncio__subcmd__mesh__subcmd__help__subcmd__config__subcmd__delservice)
            opts=""
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 5 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        nuncio__subcmd__mesh__subcmd__help__subcmd__config__subcmd__delservices)
            opts=""
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 5 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        nuncio__subcmd__mesh__subcmd__help__subcmd__config__subcmd__gencert)
            opts=""
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 5 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        nuncio__subcmd__mesh__subcmd__help__subcmd__config__subcmd__gensecret)
            opts=""
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 5 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        nuncio__subcmd__mesh__subcmd__help__subcmd__config__subcmd__profile)
            opts=""
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 5 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        nuncio__subcmd__mesh__subcmd__help__subcmd__config__subcmd__setauth_accept)
            opts=""
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 5 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        nuncio__subcmd__mesh__subcmd__help__subcmd__config__subcmd__setauth_offer)
            opts=""
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 5 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        nuncio__subcmd__mesh__subcmd__help__subcmd__config__subcmd__setautocork)
            opts=""
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 5 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        nuncio__subcmd__mesh__subcmd__help__subcmd__config__subcmd__setbinds)
            opts=""
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 5 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        nuncio__subcmd__mesh__subcmd__help__subcmd__config__subcmd__setcert)
            opts=""
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 5 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        nuncio__subcmd__mesh__subcmd__help__subcmd__config__subcmd__setconnect_interval)
            opts=""
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 5 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        nuncio__subcmd__mesh__subcmd__help__subcmd__config__subcmd__setframing_format)
            opts=""
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 5 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        nuncio__subcmd__mesh__subcmd__help__subcmd__config__subcmd__setmonitor_timeout)
            opts=""
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 5 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        nuncio__subcmd__mesh__subcmd__help__subcmd__config__subcmd__setnodeid)
            opts=""
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 5 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        nuncio__subcmd__mesh__subcmd__help__subcmd__config__subcmd__setnodelay)
            opts=""
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 5 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        nuncio__subcmd__mesh__subcmd__help__subcmd__config__subcmd__setparent)
            opts=""
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 5 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        nuncio__subcmd__mesh__subcmd__help__subcmd__config__subcmd__setsecret)
            opts=""
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 5 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        nuncio__subcmd__mesh__subcmd__help__subcmd__config__subcmd__setseeds)
            opts=""
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 5 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        nuncio__subcmd__mesh__subcmd__help__subcmd__config__subcmd__setservices)
            opts=""
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 5 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        nuncio__subcmd__mesh__subcmd__help__subcmd__config__subcmd__showconfig)
            opts=""
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 5 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        nuncio__subcmd__mesh__subcmd__help__subcmd__config__subcmd__showprofile)
            opts=""
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 5 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        nuncio__subcmd__mesh__subcmd__help__subcmd__db)
            opts=""
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 4 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        nuncio__subcmd__mesh__subcmd__help__subcmd__groups)
            opts=""
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 4 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        nuncio__subcmd__mesh__subcmd__help__subcmd__help)
            opts=""
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 4 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        nuncio__subcmd__mesh__subcmd__help__subcmd__kill)
            opts=""
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 4 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        nuncio__subcmd__mesh__subcmd__help__subcmd__monitor)
            opts=""
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 4 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        nuncio__subcmd__mesh__subcmd__help__subcmd__nodes)
            opts=""
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 4 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        nuncio__subcmd__mesh__subcmd__help__subcmd__ping)
            opts=""
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 4 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        nuncio__subcmd__mesh__subcmd__help__subcmd__run)
            opts=""
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 4 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        nuncio__subcmd__mesh__subcmd__help__subcmd__send)
            opts=""
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 4 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        nuncio__subcmd__mesh__subcmd__kill)
            opts="-h --seed --profile --secret-file --tls --danger-plaintext --generation --timeout --help"
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 3 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                --seed)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --profile)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --secret-file)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --tls)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --generation)
                    COMPREPLY=($(compgen -W "1 2" -- "${cur}"))
                    return 0
                    ;;
                --timeout)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        nuncio__subcmd__mesh__subcmd__monitor)
            opts="-h --seed --profile --secret-file --tls --danger-plaintext --generation --timeout --help"
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 3 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                --seed)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --profile)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --secret-file)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --tls)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --generation)
                    COMPREPLY=($(compgen -W "1 2" -- "${cur}"))
                    return 0
                    ;;
                --timeout)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        nuncio__subcmd__mesh__subcmd__nodes)
            opts="-h --json --seed --profile --secret-file --tls --danger-plaintext --generation --timeout --help"
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 3 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                --seed)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --profile)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --secret-file)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --tls)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --generation)
                    COMPREPLY=($(compgen -W "1 2" -- "${cur}"))
                    return 0
                    ;;
                --timeout)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        nuncio__subcmd__mesh__subcmd__ping)
            opts="-h --json --seed --profile --secret-file --tls --danger-plaintext --generation --timeout --help"
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 3 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                --seed)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --profile)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --secret-file)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --tls)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --generation)
                    COMPREPLY=($(compgen -W "1 2" -- "${cur}"))
                    return 0
                    ;;
                --timeout)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        nuncio__subcmd__mesh__subcmd__run)
            opts="-h --node --bind --framing --port --spawn --group --danger-accept-cleartext --json --seed --profile --secret-file --tls --danger-plaintext --generation --help"
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 3 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                --node)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --bind)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --framing)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --port)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --spawn)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --group)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --seed)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --profile)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --secret-file)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --tls)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --generation)
                    COMPREPLY=($(compgen -W "1 2" -- "${cur}"))
                    return 0
                    ;;
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        nuncio__subcmd__mesh__subcmd__send)
            opts="-h --seed --profile --secret-file --tls --danger-plaintext --generation --timeout --help"
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 3 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                --seed)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --profile)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --secret-file)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --tls)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --generation)
                    COMPREPLY=($(compgen -W "1 2" -- "${cur}"))
                    return 0
                    ;;
                --timeout)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        nuncio__subcmd__queue)
            opts="-h --registry --spill --danger-shared --keyring --danger-default-key --help list recv remove send stat help"
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 2 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                --registry)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --spill)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --keyring)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        nuncio__subcmd__queue__subcmd__help)
            opts="list recv remove send stat help"
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 3 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        nuncio__subcmd__queue__subcmd__help__subcmd__help)
            opts=""
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 4 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        nuncio__subcmd__queue__subcmd__help__subcmd__list)
            opts=""
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 4 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        nuncio__subcmd__queue__subcmd__help__subcmd__recv)
            opts=""
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 4 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        nuncio__subcmd__queue__subcmd__help__subcmd__remove)
            opts=""
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 4 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        nuncio__subcmd__queue__subcmd__help__subcmd__send)
            opts=""
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 4 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        nuncio__subcmd__queue__subcmd__help__subcmd__stat)
            opts=""
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 4 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        nuncio__subcmd__queue__subcmd__list)
            opts="-h --json --registry --spill --danger-shared --keyring --danger-default-key --help"
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 3 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                --registry)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --spill)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --keyring)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        nuncio__subcmd__queue__subcmd__recv)
            opts="-h --count --follow --timeout --no-wait --bare --raw --pretty --accept-dumper --only-sealed --only-from --registry --spill --danger-shared --keyring --danger-default-key --help"
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 3 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                --count)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --timeout)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --only-from)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --registry)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --spill)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --keyring)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        nuncio__subcmd__queue__subcmd__remove)
            opts="-h --registry --spill --danger-shared --keyring --danger-default-key --help"
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 3 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                --registry)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --spill)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --keyring)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        nuncio__subcmd__queue__subcmd__send)
            opts="-h --lines --codec --timeout --no-wait --to --direct --seal --source --no-dns --ttl --registry --spill --danger-shared --keyring --danger-default-key --help"
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 3 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                --codec)
                    COMPREPLY=($(compgen -W "cbor dumper json json-zstd msgpack sereal storable yaml" -- "${cur}"))
                    return 0
                    ;;
                --timeout)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --to)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --source)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --ttl)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --registry)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --spill)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --keyring)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        nuncio__subcmd__queue__subcmd__stat)
            opts="-h --json --registry --spill --danger-shared --keyring --danger-default-key --help"
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 3 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                --registry)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --spill)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --keyring)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        nuncio__subcmd__rpc)
            opts="-h --help call listen serve stats help"
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 2 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        nuncio__subcmd__rpc__subcmd__call)
            opts="-h --repeat --in-flight --raw --code-is-data --timeout --help"
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 3 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                --repeat)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --in-flight)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --timeout)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        nuncio__subcmd__rpc__subcmd__help)
            opts="call listen serve stats help"
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 3 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        nuncio__subcmd__rpc__subcmd__help__subcmd__call)
            opts=""
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 4 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        nuncio__subcmd__rpc__subcmd__help__subcmd__help)
            opts=""
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 4 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        nuncio__subcmd__rpc__subcmd__help__subcmd__listen)
            opts=""
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 4 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        nuncio__subcmd__rpc__subcmd__help__subcmd__serve)
            opts=""
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 4 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        nuncio__subcmd__rpc__subcmd__help__subcmd__stats)
            opts=""
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 4 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        nuncio__subcmd__rpc__subcmd__listen)
            opts="-h --help"
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 3 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        nuncio__subcmd__rpc__subcmd__serve)
            opts="-h --route --mode --timeout --commands --exit-timeout --help"
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 3 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                --route)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --mode)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --timeout)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --commands)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --exit-timeout)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        nuncio__subcmd__rpc__subcmd__stats)
            opts="-h --json --help"
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 3 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
    esac
}

if [[ "${BASH_VERSINFO[0]}" -eq 4 && "${BASH_VERSINFO[1]}" -ge 4 || "${BASH_VERSINFO[0]}" -gt 4 ]]; then
    complete -F _nuncio -o nosort -o bashdefault -o default nuncio
else
    complete -F _nuncio -o bashdefault -o default nuncio
fi
